-- What a task needs is known only once it reads its configuration: it awaits what it finds.
local Configuration = task "examples.Configuration" {
  doc    = "Which numbers are wanted",
  params = { seed = param.int },
  output = "data/examples/configuration/${seed}.txt",
  run = function(t)
    local numbers = {}
    for i = 1, 5 do numbers[i] = (t.seed * 7919 + i * 104729) % 100 end
    t.output:write(table.concat(numbers, "\n") .. "\n")
  end,
}

local Data = task "examples.Data" {
  doc    = "One number, as costly to get as you like",
  params = { number = param.int },
  output = "data/examples/number/${number}.txt",
  sh     = "echo ${number} > ${output}",
}

task "examples.Dynamic" {
  doc    = "The sum of the numbers that the configuration asks for",
  params = { seed = param.int },
  output = "data/examples/dynamic/${seed}.txt",
  run = function(t)
    local wanted = {}
    for line in await(Configuration(t)):lines() do
      wanted[#wanted + 1] = Data{ number = math.tointeger(line) }
    end
    local sum = 0
    for _, number in ipairs(await(wanted)) do sum = sum + tonumber(number:read()) end
    t.output:write(math.tointeger(sum) .. "\n")
  end,
}
