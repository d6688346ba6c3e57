# Made-up numbers that are the same on every machine: the generator of Park and Miller, whose
# products stay exact in awk's floating point. Seeded with a date and a small number.

function seed(date, stream,    part, i) {
  split(date, part, "-")
  state = ((part[1] * 12 + part[2]) * 31 + part[3]) * 8 + stream
  for (i = 0; i < 10; i++) random(2)  # neighbouring seeds need a while to part
}

# A whole number from 0 to n - 1.
function random(n) {
  state = (state * 16807) % 2147483647
  return int(state / 2147483647 * n)
}
