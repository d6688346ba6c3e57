// What changed between two texts, line by line: the shortest way from one to the other (E. Myers, "An
// O(ND) Difference Algorithm and Its Variations", 1986).

export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
  /** Its number in the old text and in the new one. */
  before: number | undefined;
  after: number | undefined;
}

/** From here on two texts have nothing to do with each other: all of one, then all of the other. */
const MOST_CHANGES = 2000;

export function diffLines(before: string[], after: string[]): DiffLine[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) ++head;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) ++tail;
  const kinds = [
    ...Array<Kind>(head).fill("same"),
    ...script(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...Array<Kind>(tail).fill("same"),
  ];
  let old = 0;
  let now = 0;
  return kinds.map((kind) => {
    const line = {
      kind,
      text: kind === "removed" ? before[old]! : after[now]!,
      before: kind === "added" ? undefined : old + 1,
      after: kind === "removed" ? undefined : now + 1,
    };
    if (kind !== "added") ++old;
    if (kind !== "removed") ++now;
    return line;
  });
}

type Kind = DiffLine["kind"];

/** For each number of changes, how far each diagonal gets with them. */
function script(a: string[], b: string[]): Kind[] {
  const reach = [new Map<number, number>([[1, 0]])];
  for (let changes = 0; changes <= Math.min(a.length + b.length, MOST_CHANGES); ++changes) {
    const last = reach[changes]!;
    const next = new Map<number, number>();
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      let x = isDown(last, diagonal, changes) ? last.get(diagonal + 1)! : last.get(diagonal - 1)! + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) ++x;
      next.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return walkBack(reach, a.length, b.length);
    }
    reach.push(next);
  }
  return [...a.map((): Kind => "removed"), ...b.map((): Kind => "added")];
}

/** Whether the best way to a diagonal adds a line, rather than removes one. */
function isDown(last: Map<number, number>, diagonal: number, changes: number): boolean {
  const left = last.get(diagonal - 1) ?? -1;
  const above = last.get(diagonal + 1) ?? -1;
  return diagonal === -changes || (diagonal !== changes && left < above);
}

function walkBack(reach: Map<number, number>[], length: number, otherLength: number): Kind[] {
  const kinds: Kind[] = [];
  let x = length;
  let y = otherLength;
  for (let changes = reach.length - 1; x > 0 || y > 0; --changes) {
    const last = reach[changes]!;
    const down = isDown(last, x - y, changes);
    const from = down ? x - y + 1 : x - y - 1;
    const fromX = changes === 0 ? 0 : last.get(from)!;
    const fromY = changes === 0 ? 0 : fromX - from;
    const start = changes === 0 ? 0 : down ? fromX : fromX + 1;
    while (x > start) {
      kinds.push("same");
      --x;
      --y;
    }
    if (changes > 0) kinds.push(down ? "added" : "removed");
    x = fromX;
    y = fromY;
  }
  return kinds.reverse();
}

export type Piece = { kind: "lines"; lines: DiffLine[] } | { kind: "alike"; count: number };

/** The changes with some lines around them; what is alike in between is only counted. */
export function piecesOf(lines: DiffLine[], around = 3): Piece[] {
  const near = new Uint8Array(lines.length);
  lines.forEach((line, place) => {
    if (line.kind !== "same") near.fill(1, Math.max(0, place - around), place + around + 1);
  });
  const pieces: Piece[] = [];
  lines.forEach((line, place) => {
    const last = pieces.at(-1);
    if (near[place]) {
      if (last?.kind === "lines") last.lines.push(line);
      else pieces.push({ kind: "lines", lines: [line] });
    } else if (last?.kind === "alike") ++last.count;
    else pieces.push({ kind: "alike", count: 1 });
  });
  return pieces;
}
