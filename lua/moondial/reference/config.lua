-- The keys of moondial.lua.
return {
  title = "The configuration, moondial.lua",
  { "config", is_type = true, also = "moondial.lua",
    doc = "What `moondial.lua` returns, a table. The file may be absent, and so may each key.",
    options = { class = "moondial.Config", title = "Keys",
      { "timezone", "string", accepts = "string", default = '"local"',
        doc = "The zone of `today()` and of times that are shown: a name such as \z
          `Asia/Shanghai`, or `local`, the machine's own." },
      { "jobs", "integer", accepts = "number", default = "the number of processors",
        doc = "How many tasks run at a time: the size of the pool `cpu`." },
      { "shell", "string[]", accepts = "table",
        default = '{ "bash", "-e", "-o", "pipefail", "-c" }', doc = "What runs the text of `sh`." },
      { "env", "table<string, string|number>", accepts = "table", default = "{}",
        doc = "Added to the environment of every command." },
      { "output_roots", "string[]", accepts = "table", default = "{}",
        doc = "Folders outside the project in which outputs may lie, as absolute paths." },
      { "pools", "table<string, integer>", accepts = "table", default = "{}",
        doc = "Sizes of pools, in place of those that the pipelines declare." },
      { "memory", "string|integer", accepts = "any", default = "the machine's memory",
        doc = 'The size of the pool `memory`: `"16G"`, or bytes.' },
      { "http", "moondial.Http", accepts = "table", default = '{ listen = "127.0.0.1:7171" }',
        doc = "How a daemon's API is reached over TCP: `docs/api.md`.",
        options = { class = "moondial.Http",
          { "listen", "string|false", default = '"127.0.0.1:7171"',
            doc = "The address: `127.0.0.1:7171`, `[::1]:7171`; `false`: none, so that the API is \z
              reached through the socket in `.moondial` alone. If the address that counts unless \z
              told otherwise is taken, the daemon says so and does without; one that is told must \z
              be free when it starts." },
          { "token_file", "string", default = '".moondial/tokens.json"',
            doc = "Where tokens are kept." },
          { "hosts", "string[]", default = "{}",
            doc = "Names by which it is asked beside `localhost`, `127.0.0.1`, `[::1]` and its \z
              address, such as that of a reverse proxy. Requests for another are refused." },
        } },
      { "notify", "moondial.Notify", accepts = "table", default = "{}",
        doc = "Who is told when something is wrong, a list: `{ { email = { … } }, { webhook = \z
          \"https://…\", on = \"failure\" } }`. docs/notifications.md says what they get.",
        options = { class = "moondial.Notify",
          { "group", "moondial.Duration", default = '"1m"',
            doc = "Of the list: how long is waited for more before all is told together." },
          { "email", "moondial.NotifyEmail", doc = "An e-mail.",
            options = { class = "moondial.NotifyEmail",
              { "to", "string|string[]", required = true, doc = "Addresses." },
              { "from", "string", required = true, doc = "The address that it comes from." },
              { "smtp", "string", required = true,
                doc = "The mail server: `smtp://mail.example:587` (encrypted if it can), \z
                  `smtps://…`." },
              { "user", "string", doc = "Who signs in there." },
              { "password_env", "string",
                doc = "The variable of the daemon's environment that holds the password." } } },
          { "webhook", "string", doc = "An address that gets JSON by POST." },
          { "command", "string|string[]",
            doc = "A command, its words; it gets JSON on its input." },
          { "on", '"failure"|"recovery"|"sla"|string[]', default = "all of them",
            doc = "What this receiver is told." },
        } },
      { "retention", "moondial.Retention", accepts = "table",
        default = '{ runs = "365d", logs = "90d", keep_last = 100 }',
        doc = "How long runs are kept that have ended. What is older is removed while there is \z
          nothing else to do. What tasks made stays, and so does what is known of it: marks, and \z
          of each task its last success and what it emitted.",
        options = { class = "moondial.Retention",
          { "runs", "moondial.Duration|false", default = '"365d"',
            doc = "A run with all that is recorded of it, since its end; false: for ever." },
          { "logs", "moondial.Duration|false", default = '"90d"',
            doc = "The logs of its attempts; they go with the run at the latest." },
          { "logs_size", "string|integer|false", default = "false",
            doc = 'The room of all logs together: `"10G"`, or bytes; false: any. While there is \z
              more, those of the runs that ended first go, however young. It is looked at once \z
              an hour.' },
          { "keep_last", "integer", default = "100",
            doc = "So many of the newest runs are kept with their logs, however old they are." },
        } },
      { "min_free", "string|integer", accepts = "any",
        default = '"100M", or a twentieth of a smaller disk',
        doc = 'The space that must be free for work to start, on the disk of `.moondial` and on \z
          those of the outputs: `"5G"`, or bytes. With less, what would start waits and says so, \z
          what runs goes on, and all goes on by itself when there is room. 0: start whatever is \z
          free. The default is what the record and its log need to note how things end, and no \z
          more: it keeps nobody from using a small disk. Where outputs are large, say how large.' },
      { "lanes", "integer", accepts = "number", default = "the number of processors, at least 2",
        doc = "How many processes run the functions of tasks." },
    } },
}
