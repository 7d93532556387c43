/** Why a call has no effect. */
export class Revert extends Error {}
