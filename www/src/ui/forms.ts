/** What the forms have in common. */

/** The rule of a field that takes a web address. */
export const WEB = { type: 'url' as const, message: 'an address begins with https://' };
