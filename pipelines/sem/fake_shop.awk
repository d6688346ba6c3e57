# The shop's orders of one day, made up, with the ad that brought each: one in ten came by itself.
#
#   awk -v date=2015-09-18 -f random.awk -f fake_shop.awk

BEGIN {
  seed(date, 7)
  split("baidu baidu baidu baidu baidu so360 so360 so360 sogou", engines, " ")
  split("brand boots coats dresses gloves hats scarves shoes", campaigns, " ")
  print "order_id,engine,campaign,amount_fen"
  orders = 150 + random(60)
  for (i = 1; i <= orders; i++) {
    engine = engines[1 + random(9)]
    campaign = campaigns[1 + random(8)]
    if (random(10) == 0) { engine = "direct"; campaign = "none" }
    printf "%s-%04d,%s,%s,%d\n", date, i, engine, campaign, 2000 + random(40000)
  }
}
