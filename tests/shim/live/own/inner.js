export const library = "inner";
