"""When schedules fire in a year, found by looking at every minute of it: what Timetable must equal.

Reads a zone, a year and expressions, one a line; writes `line second` for each firing, where the
second is one since 1970. It shares nothing with the product: the zones are Python's, the fields are
sets, and no minute is left out.
"""

import calendar
import functools
import sys
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()
THREE_HOURS = timedelta(hours=3)
MINUTE = timedelta(minutes=1)


def number(text, names, first):
    return names.index(text) + first if text in names else int(text)


def values(field, low, high, names=()):
    out = set()
    for item in field.split(","):
        span, _, step = item.partition("/")
        if span in ("*", "?"):
            a, b = low, high
        else:
            a, dash, b = span.partition("-")
            a = number(a, names, low)
            b = number(b, names, low) if dash else high if step else a
        out |= set(range(a, b + 1, int(step or 1)))
    return out


def nearest_weekday(day):
    """The day from Monday to Friday that is nearest to `day`, in the same month."""
    for away in (0, -1, 1, -2, 2):
        near = day + timedelta(days=away)
        if near.month == day.month and near.weekday() < 5:
            return near
    raise AssertionError("there is always one")


def month_day_matches(field, day):
    last = calendar.monthrange(day.year, day.month)[1]
    for item in field.lower().split(","):
        if item.startswith("l") or item.endswith("w"):
            base = item.removesuffix("w")
            n = last - int(base[2:] or 0) if base.startswith("l") else int(base)
            if not 1 <= n <= last:
                continue
            target = day.replace(day=n)
            if day == (nearest_weekday(target) if item.endswith("w") else target):
                return True
        elif day.day in values(item, 1, 31):
            return True
    return False


def week_day_matches(field, day):
    weekday = day.isoweekday() % 7
    last = calendar.monthrange(day.year, day.month)[1]
    for item in field.lower().split(","):
        if "#" in item:
            name, nth = item.split("#")
            if number(name, DAYS, 0) % 7 == weekday and (day.day - 1) // 7 + 1 == int(nth):
                return True
        elif item.endswith("l"):
            if number(item[:-1], DAYS, 0) % 7 == weekday and day.day + 7 > last:
                return True
        elif weekday in {n % 7 for n in values(item, 0, 7 if "7" in item else 6, DAYS)}:
            return True
    return False


def cron(text):
    """Whether a minute is asked for, and whether the entry follows the clock."""
    minute, hour, month_day, month, week_day = text.split()
    minutes, hours = values(minute, 0, 59), values(hour, 0, 23)
    months = values(month.lower(), 1, 12, MONTHS)
    both = any(c in field for field in (month_day, week_day) for c in "*?")

    def day_matches(day):
        a, b = month_day_matches(month_day, day), week_day_matches(week_day, day)
        return day.month in months and (a and b if both else a or b)

    follows = "*" in minute or "*" in hour
    times = {60 * h + m for h in hours for m in minutes}
    return Entry(times, day_matches, not follows, lambda stretch: follows)


def every(text):
    period = int(text[:-1]) * {"m": 1, "h": 60, "d": 1440}[text[-1]]
    days = max(period // 1440, 1)
    return Entry(
        set(range(0, 1440, period)),
        lambda day: (day - date(1970, 1, 1)).days % days == 0,
        True,
        lambda stretch: timedelta(minutes=period) <= stretch,
    )


class Entry:
    def __init__(self, times, day_matches, makes_up, repeats):
        self.times = times  # minutes of the day
        self.day_matches = functools.cache(day_matches)
        self.makes_up = makes_up  # fires at a jump for what it leaves out
        self.repeats = repeats  # whether it fires in a stretch of that length that comes twice

    def matches(self, wall):
        return 60 * wall.hour + wall.minute in self.times and self.day_matches(wall.date())


class Year:
    """All minutes of a year, by what the clock shows; apart those that come twice or after a jump."""

    def __init__(self, zone, start, end):
        self.plain = {}  # minute of the day → [(second, day)]
        self.second_time = []  # (second, what the clock shows, how much comes twice)
        self.after_jump = []  # (second, what the clock leaves out)
        shown, stretch, before = None, None, None
        for second in range(start - 86400, end, 60):
            wall = datetime.fromtimestamp(second, zone).replace(tzinfo=None)
            jump = wall - before - MINUTE if before else timedelta(0)
            if timedelta(0) < jump < THREE_HOURS:
                left_out = [before + MINUTE * i for i in range(1, jump // MINUTE + 1)]
                self.after_jump.append((second, left_out))
            if timedelta(0) < -jump < THREE_HOURS:
                shown, stretch = before, -jump
            before = wall
            if shown and wall <= shown:
                self.second_time.append((second, wall, stretch))
            else:
                time = 60 * wall.hour + wall.minute
                self.plain.setdefault(time, []).append((second, wall.date()))

    def firings(self, entry):
        out = set()
        for time in entry.times:
            out |= {second for second, day in self.plain[time] if entry.day_matches(day)}
        for second, wall, stretch in self.second_time:
            if entry.repeats(stretch) and entry.matches(wall):
                out.add(second)
        for second, left_out in self.after_jump:
            if entry.makes_up and any(entry.matches(wall) for wall in left_out):
                out.add(second)
        return sorted(out)


def main():
    zone, year = ZoneInfo(sys.argv[1]), int(sys.argv[2])
    start = int(datetime(year, 1, 1, tzinfo=timezone.utc).timestamp())
    end = int(datetime(year + 1, 1, 1, tzinfo=timezone.utc).timestamp())
    minutes = Year(zone, start, end)
    for index, line in enumerate(sys.stdin.read().splitlines()):
        text = line.removeprefix("every ")
        entry = every(text) if text != line else cron(line)
        lines = [f"{index} {second}\n" for second in minutes.firings(entry) if second >= start]
        sys.stdout.write("".join(lines))


main()
