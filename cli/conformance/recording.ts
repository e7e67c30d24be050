import { readFile } from "node:fs/promises";
import { reasonOf } from "@microservice-identities/validation/files";
import { check, problemList } from "@microservice-identities/validation/problems";
import { z } from "zod";

const json = z.record(z.string(), z.unknown());
const texts = z.record(z.string(), z.string());

const run = z.strictObject({
  kind: z.literal("run"),
  version: z.literal(1),
  /** ISO 8601. */
  started: z.iso.datetime(),
  tries: z.int(),
  patienceSeconds: z.number(),
  quota: z.int(),
  location: z.string(),
});

const request = z.strictObject({
  kind: z.literal("request"),
  assumption: z.string(),
  /** Requests with the same number repeat one request until its answer is the awaited one. */
  poll: z.int().optional(),
  /** Milliseconds since the run began. */
  at: z.number(),
  milliseconds: z.number(),
  request: z.strictObject({
    api: z.string(),
    method: z.string(),
    path: z.string(),
    headers: texts.optional(),
    json: z.unknown().optional(),
    form: texts.optional(),
    assertion: z.strictObject({ iss: z.string(), sub: z.string(), aud: z.string() }).optional(),
    bearer: z.string().optional(),
  }),
  status: z.int(),
  headers: texts,
  body: json,
});

const result = z.strictObject({
  kind: z.literal("result"),
  assumption: z.string(),
  result: z.enum(["confirmed", "refuted", "inconclusive"]),
  evidence: z.string(),
});

const line = z.discriminatedUnion("kind", [run, request, result], {
  error: ({ code }) => `${code === "invalid_union" ? "" : "an object whose kind is "}"run", "request" or "result"`,
});

export type RecordedRun = z.output<typeof run>;
export type RecordedRequest = z.output<typeof request>;
/** A line of a recording. Every value that would identify the tenant is a placeholder, for example `<tenant>` or `<id-7>`. */
export type RecordingLine = z.output<typeof line>;

/** @throws Error that names the line */
export async function readRecording(file: string): Promise<RecordingLine[]> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new Error(`cannot read ${file}: ${reasonOf(error)}`);
  });
  const lines = text.split("\n");
  return lines.flatMap((each, index) => (each === "" ? [] : [parsed(each, `${file}:${index + 1}`)]));
}

function parsed(text: string, place: string): RecordingLine {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error(`${place} is not a line of a recording: it is not JSON`);
  }
  const checked = check(line, data);
  if ("data" in checked) return checked.data;
  throw new Error(
    problemList(
      `${place} is not a line of a recording:`,
      checked.problems.map((problem) => problem.text),
    ),
  );
}
