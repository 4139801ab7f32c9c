// Brotli files of a folder, unpacked into another: `node unpack.mjs FROM TO` writes TO/name for each FROM/name.br.
import { createReadStream, createWriteStream, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { argv } from "node:process";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const [from, to] = argv.slice(2);
const packed = readdirSync(from).filter((name) => name.endsWith(".br"));
await Promise.all(
  packed.map((name) =>
    pipeline(
      createReadStream(join(from, name)),
      createBrotliDecompress(),
      createWriteStream(join(to, basename(name, ".br"))),
    ),
  ),
);
