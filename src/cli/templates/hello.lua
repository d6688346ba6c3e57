-- A first pipeline: two tasks, the second of which needs the first.
--
--   moondial run Hello            makes what is missing: the greeting, then what is known of it
--   moondial run Hello            again: nothing to do, for both outputs are there
--   moondial run Hello who=Ada    another parameter is another task with other outputs
--   moondial plan Hello who=Eve   what a run would do, and why

local Greeting = task "Greeting" {
  doc    = "A greeting, by a command",
  params = { who = param.string{ default = "world", doc = "whom to greet" } },
  output = "data/hello/${who}.txt",
  -- A value is always one word of the shell, whatever it holds: write it bare, without quotes.
  sh     = "printf 'Hello, %s!\\n' ${who} > ${output}",
}

task "Hello" {
  doc      = "How long the greeting is, in Lua",
  params   = { who = param.string{ default = "world", doc = "whom to greet" } },
  requires = Greeting, -- for the same `who`
  output   = "data/hello/${who}.csv",
  run = function(t)
    local text = t.input:read()
    print("read " .. t.input.path)
    t.output:write_rows({ { who = t.who, bytes = #text } }, { columns = { "who", "bytes" } })
    emit{ bytes = #text }
  end,
  -- Runs before the output is published: if it fails, nobody ever sees the file.
  check = function(t) assert(t.output:count_rows() == 1, "one row was expected") end,
}
