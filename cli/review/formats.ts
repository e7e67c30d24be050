/** The formats by file extension. */
export const endings = {
  txt: "text",
  md: "markdown",
  html: "html",
  json: "json",
  sarif: "sarif",
  xml: "junit",
} as const;
export type Format = (typeof endings)[keyof typeof endings];
