// Writes src/api/schema.gen.ts, the types of all that the API takes and gives, from the schemas
// that the daemon's OpenAPI document is made of.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const schemas = JSON.parse(await readFile(here("../../src/http/openapi/schemas.json"), "utf8"));
const ast = await openapiTS({
  openapi: "3.1.0",
  info: { title: "moondial", version: "1" },
  paths: {},
  components: { schemas },
});
await writeFile(here("../src/api/schema.gen.ts"), astToString(ast));
