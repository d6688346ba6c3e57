-- The project's configuration. Every key may be left out: what stands here are the defaults.
---@type moondial.Config
return {
  -- Zone of today(), of yesterday() and of the times that are shown: a name such as
  -- "Asia/Shanghai", or "local", the machine's own. A name makes all machines agree.
  timezone = "local",

  -- Tasks at a time, that is the size of the pool `cpu`; unless told, the number of processors.
  -- jobs = 4,

  -- The size of the pool `memory`; unless told, the machine's memory.
  -- memory = "16G",

  -- Processes that run the functions of tasks; unless told, one for each processor, at least two.
  -- lanes = 4,

  -- What runs the text of a `sh`.
  shell = { "bash", "-e", "-o", "pipefail", "-c" },

  -- Added to the environment of every command: { NAME = "value" }.
  env = {},

  -- Folders outside the project in which outputs may lie, as absolute paths.
  output_roots = {},

  -- What must be free on a disk for work to start; unless told, 100M, or a twentieth of a smaller
  -- disk.
  -- min_free = "5G",

  -- Where the API of `moondial serve` listens; unless told, at 127.0.0.1:7171 if that is free.
  -- http = { listen = "127.0.0.1:7171" },

  -- How long runs that have ended are kept, and their logs; the newest ones are, however old.
  retention = { runs = "365d", logs = "90d", keep_last = 100 },
}
