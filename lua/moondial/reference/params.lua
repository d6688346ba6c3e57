-- Kinds of parameters.
local function kind(name, doc) return { name, "moondial.Kind", doc = doc } end

return {
  title = "Parameters",
  { "param", class = "moondial.ParamLibrary",
    doc = "The kinds of parameters. Bare, a parameter must be given; a call adds options: \z
      `param.date{ default = yesterday }`. Text on the command line meets the same checks as a \z
      value in Lua.",
    members = {
      kind("string", "Any text."),
      kind("int", "A whole number."),
      kind("number", "A number; nan and inf are refused."),
      kind("bool", "`true` or `false`."),
      kind("date", "A day: `2015-09-18`."),
      kind("month", "A month: `2015-09`."),
      kind("week", "An ISO week: `2015-W38`."),
      kind("hour", "An hour of a day: `2015-09-18T13`."),
      kind("time", "A second of a day: `2015-09-18T13:45:00`."),
      kind("duration", "A duration: `90s`, `15m`, `2h`, `1d`, or a number of seconds."),
      kind("dates", "Days one after another: `2015-09-01..2015-09-18`, `2015-09`, `2015-W38`."),
      { "enum", "fun(values: string[]): moondial.Kind",
        doc = 'One of some texts: `param.enum{ "a", "b" }`.' },
      { "list", "fun(item: moondial.Kind): moondial.Kind",
        doc = "A list: text `a,b,c`, in Lua a table that cannot be changed." },
      { "map", "fun(item: moondial.Kind): moondial.Kind",
        doc = "A map from names: text `x=1,y=2`, in Lua a table that cannot be changed." },
    },
    options = { class = "moondial.ParamOptions",
      { "default", "any",
        doc = "The value if none is given, or a function that gives one: `yesterday`." },
      { "optional", "boolean", accepts = "boolean", default = "false",
        doc = "It may be absent: nil." },
      { "significant", "boolean", accepts = "boolean", default = "true",
        doc = "Whether it is part of the identity." },
      { "doc", "string", accepts = "string", doc = "What it is, for people." },
      { "min", "any", doc = "The least value, of numbers and times; of `dates`, of both ends." },
      { "max", "any",
        doc = "The greatest value, of numbers and times; of `dates`, of both ends." },
      { "path", "boolean", accepts = "boolean", default = "false",
        doc = "Of `param.string`: it may hold `/` where `output` uses it." },
      { "secret", "boolean", accepts = "boolean", default = "false",
        doc = "It is never shown, recorded, or put on a command line, and is not part of the \z
          identity. It reaches commands through the environment." },
    } },
  { "Kind", is_type = true, class = "moondial.Kind",
    doc = "A kind of parameter, with options or without.",
    overloads = { "fun(options: moondial.ParamOptions): moondial.Kind" } },
}
