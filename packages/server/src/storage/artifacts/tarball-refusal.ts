/** The archive breaks a rule. The sentence names the file and is for the person who published. */
export class TarballRefusal extends Error {}
