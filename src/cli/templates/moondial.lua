-- The project's configuration. Every key may be left out: what stands here are the defaults.
---@type moondial.Config
return {
  -- Zone of today(), of yesterday() and of the times that are shown: a name such as
  -- "Asia/Shanghai", or "local", the machine's own. A name makes all machines agree.
  timezone = "local",

  -- Tasks at a time, that is the size of the pool `cpu`; unless told, the number of processors.
  -- jobs = 4,

  -- What runs the text of a `sh`.
  shell = { "bash", "-e", "-o", "pipefail", "-c" },

  -- Added to the environment of every command: { NAME = "value" }.
  env = {},

  -- Folders outside the project in which outputs may lie, as absolute paths.
  output_roots = {},
}
