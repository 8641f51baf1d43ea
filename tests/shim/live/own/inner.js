export const name = "inner";
