// node embed.mjs DIST OUT.cc: puts the files of a bundle, compressed, into a C++ source that
// defines moondial::embedded::console() of embed/console.h.
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const [dist, out] = process.argv.slice(2);
const names = (await readdir(dist, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(dist.length + 1))
  .sort();

/** Bytes as a string literal: octal escapes of three digits never run into what follows. */
function literal(bytes) {
  let text = '"';
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f;
    text += plain ? String.fromCharCode(byte) : "\\" + byte.toString(8).padStart(3, "0");
  }
  return text + '"';
}

let source = `// Made by web/tools/embed.mjs.
#include "embed/console.h"

#include <array>

namespace moondial::embedded {
namespace {
using namespace std::string_view_literals;

constexpr std::array<EmbeddedFile, ${names.length}> kFiles{{
`;
for (const name of names) {
  const bytes = gzipSync(await readFile(join(dist, name)), { level: 9 });
  source += `    {"${name}"sv, ${literal(bytes)}sv},\n`;
}
source += `}};

}  // namespace

std::span<const EmbeddedFile> console() { return kFiles; }

}  // namespace moondial::embedded
`;
await writeFile(out + ".part", source);
await rename(out + ".part", out);
