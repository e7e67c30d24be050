import { store } from "./store";

export const landscapes = { store };
