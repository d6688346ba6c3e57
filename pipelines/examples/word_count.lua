-- Count the words of some days' texts. Each day's text is somebody else's: an external.
local Text = external "examples.Text" {
  doc    = "One day's text, handed in by hand",
  params = { date = param.date },
  output = "pipelines/examples/texts/${date}.txt",
}

task "examples.WordCount" {
  doc      = "How often each word occurs in the texts of some days",
  params   = { dates = param.dates },
  requires = function(t) return each(t.dates, function(day) return Text{ date = day } end) end,
  output   = "data/examples/words/${dates}.tsv",
  run = function(t)
    local count, words = {}, {}
    for _, text in ipairs(t.input) do
      for word in text:read():gmatch("%S+") do
        if not count[word] then words[#words + 1] = word end
        count[word] = (count[word] or 0) + 1
      end
    end
    table.sort(words, function(a, b)
      return count[a] > count[b] or count[a] == count[b] and a < b
    end)
    local out <close> = t.output:open "w"
    for _, word in ipairs(words) do out:write(word, "\t", count[word], "\n") end
    emit{ words = #words }
  end,
}
