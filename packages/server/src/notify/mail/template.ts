/** Values that a template names; a list is written once for each of its items. */
export interface TemplateValues {
  readonly [name: string]: string | boolean | readonly TemplateValues[];
}

/** A tag that opens or closes a section and has its line to itself: the line is not part of the text. */
const LONE_TAG = /^[ \t]*(\{\{[#/][a-zA-Z]+\}\})[ \t]*\r?\n/gm;
const TAG = /\{\{#([a-zA-Z]+)\}\}([\s\S]*?)\{\{\/\1\}\}|\{\{([a-zA-Z]+)\}\}/g;

/**
 * Fills a template in: `{{name}}` is replaced by the value, `{{#name}}…{{/name}}` stays once for each item of
 * a list and once for a value that is there. Sections of the same name do not nest. What the template names
 * and nobody gave is empty. Values are never read as templates themselves.
 */
export function fillTemplate(
  template: string,
  values: TemplateValues,
  quote: (text: string) => string,
): string {
  return fill(template.replace(LONE_TAG, "$1"), values, quote);
}

function fill(template: string, values: TemplateValues, quote: (text: string) => string): string {
  return template.replace(TAG, (_tag, section: string | undefined, inner = "", name = "") => {
    if (section === undefined) {
      const value = values[name];
      return typeof value === "string" ? quote(value) : "";
    }
    const value = values[section];
    const items = Array.isArray(value) ? (value as readonly TemplateValues[]) : value ? [{}] : [];
    return items.map((item) => fill(inner, { ...values, ...item }, quote)).join("");
  });
}

export function plain(text: string): string {
  return text;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
