# One engine's cost report of one day, made up. Each engine has its own way to write the same
# thing; all end with a line that says how many rows came before it.
#
#   awk -v engine=baidu -v date=2015-09-18 -f random.awk -f fake_api.awk

function yuan(fen) { return sprintf("%d.%02d", int(fen / 100), fen % 100) }

function write_row(campaign, ad, shown, clicks, fen) {
  if (engine == "baidu") print date "," campaign "," ad "," shown "," clicks "," yuan(fen)
  if (engine == "so360") print campaign "\t" ad "\t" clicks "\t" shown "\t" fen
  if (engine == "sogou") print campaign ";" ad ";" shown ";" clicks ";" yuan(fen)
}

BEGIN {
  stream["baidu"] = 1; stream["so360"] = 2; stream["sogou"] = 3
  scale["baidu"] = 9; scale["so360"] = 4; scale["sogou"] = 2
  header["baidu"] = "date,campaign,ad,impressions,clicks,cost"
  header["so360"] = "campaign\tad\tclicks\timpressions\tcost_fen"
  header["sogou"] = "campaign;ad;show;click;spend"

  seed(date, stream[engine])
  print header[engine]
  count = split("brand boots coats dresses gloves hats scarves shoes", campaigns, " ")
  for (c = 1; c <= count; c++) {
    ads = 3 + random(4)
    for (a = 1; a <= ads; a++) {
      shown = scale[engine] * (100 + random(900))
      clicks = int(shown * (5 + random(30)) / 1000)
      write_row(campaigns[c], c * 100 + a, shown, clicks, clicks * (30 + random(120)))
      rows++
    }
  }
  print "#end rows=" rows
}
