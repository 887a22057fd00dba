import { findDamage } from "./database-file.ts";
import { openNative } from "./driver.ts";

/** The program of `DamageCheck`: prints the first finding, or nothing if the file is intact. */
const [path = ""] = process.argv.slice(2);
const native = openNative(path);
native.exec("pragma busy_timeout = 5000");
native.exec("pragma query_only = on");
const finding = findDamage(native);
if (finding !== null) {
  process.stdout.write(`${finding}\n`);
}
native.close();
