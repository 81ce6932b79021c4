// moonshine_tokens.mjs TOKENIZER OUT: the vocabulary of Moonshine as text, a line "base64(bytes) id" for each token, the
// form that sherpa-onnx reads. Moonshine has Llama's 32000 pieces, taken from the module TOKENIZER (llama-tokenizer-js),
// and 768 tokens for times that follow them (arXiv 2410.15608, 3.1). A piece <0xNN> is one byte.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";

const [, , tokenizer, out] = process.argv;
const pieces = (await import(resolve(tokenizer))).default.vocabById;
if (pieces.length !== 32000) throw new Error(`${tokenizer} has ${pieces.length} pieces, not 32000`);

const bytesOf = (piece) => {
  const byte = /^<0x([0-9A-F]{2})>$/.exec(piece);
  return byte ? Buffer.from(byte[1], "hex") : Buffer.from(piece, "utf8");
};
const times = Array.from({ length: 768 }, (_, n) => `<<ST_${n}>>`);
writeFileSync(out, [...pieces, ...times].map((piece, id) => `${bytesOf(piece).toString("base64")} ${id}\n`).join(""));
