-- Belongs to the shop, not to search marketing: hence its name. sem.* refers to it as tasks.shop.
task "shop.Orders" {
  doc     = "The shop's orders of one day, with the campaign that brought each",
  params  = { date = param.date },
  output  = "data/sem/orders/${date}.csv",
  timeout = "1m",
  sh      = [[
    awk -v date=${date} -f pipelines/sem/random.awk -f pipelines/sem/fake_shop.awk > ${output}
  ]],
  check   = function(t)
    local orders = t.output:count_rows()
    assert(orders > 0, "no orders")
    emit{ orders = orders }
  end,
}
