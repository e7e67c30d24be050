import { shop } from "./shop";

/** The landscapes written in TypeScript, by the name that a stack's settings use. */
export const landscapes = { shop };
