-- Which artists were played most in some days. The streams are made up: random, but the same for
-- the same day, since math.random is seeded by the task.
local ARTISTS = { "Adrian", "Beatrix", "Cosima", "Dietmar", "Elif", "Fabrice", "Greta", "Hiro",
                  "Ines", "Jonas", "Katya", "Linus" }

local Streams = task "examples.Streams" {
  doc    = "One day's plays: time, artist, track",
  params = { date = param.date },
  output = "data/examples/streams/${date}.csv.gz",
  run = function(t)
    local rows = {}
    for i = 1, 1000 do
      rows[i] = {
        time = ("%02d:%02d"):format(math.random(0, 23), math.random(0, 59)),
        artist = ARTISTS[math.floor(math.random() ^ 2 * #ARTISTS) + 1],
        track = "track " .. math.random(1, 40),
      }
    end
    t.output:write_rows(rows, { columns = { "time", "artist", "track" } })
  end,
}

local Plays = task "examples.Plays" {
  doc      = "Plays of each artist in some days",
  params   = { dates = param.dates },
  requires = function(t) return each(t.dates, function(day) return Streams{ date = day } end) end,
  output   = "data/examples/plays/${dates}.csv",
  run = function(t)
    local plays = {}
    for _, streams in ipairs(t.input) do
      for row in streams:rows() do plays[row.artist] = (plays[row.artist] or 0) + 1 end
    end
    local rows = {}
    for artist, n in pairs(plays) do rows[#rows + 1] = { artist = artist, plays = n } end
    table.sort(rows, function(a, b) return a.artist < b.artist end)
    t.output:write_rows(rows, { columns = { "artist", "plays" } })
  end,
  check = function(t)
    local sum = 0
    for row in t.output:rows() do sum = sum + tonumber(row.plays) end
    assert(sum == 1000 * #t.dates, "a play was lost or counted twice")
  end,
}

task "examples.TopArtists" {
  doc      = "The artists that were played most, most first",
  params   = { dates = param.dates, top = param.int{ default = 10, min = 1 } },
  requires = Plays,
  output   = "data/examples/top/${dates}-${top}.csv",
  run = function(t)
    local rows = {}
    for row in t.input:rows() do
      rows[#rows + 1] = { artist = row.artist, plays = tonumber(row.plays) }
    end
    table.sort(rows, function(a, b)
      return a.plays > b.plays or a.plays == b.plays and a.artist < b.artist
    end)
    t.output:write_rows(table.move(rows, 1, math.min(t.top, #rows), 1, {}),
      { columns = { "artist", "plays" } })
  end,
}
