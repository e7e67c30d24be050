import { visible } from "./visible";

/** Plain text: no mention, image, link or HTML. */
export const inText = (text: string): string =>
  visible(text)
    .replaceAll(/[\\`*_{}[\]()#+!|<>~$&]/g, (character) => `&#${character.codePointAt(0)};`)
    // Mentions, issue numbers and addresses become links without any markup.
    .replaceAll("@", "&#64;")
    .replaceAll("://", ":&#47;&#47;")
    .replaceAll(/\bwww\./gi, "www&#46;");
