// Where the two engines are meant to differ.

export const differences = {};
