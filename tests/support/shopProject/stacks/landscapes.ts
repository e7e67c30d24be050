import { shop } from "./shop";

export const landscapes = { shop };
