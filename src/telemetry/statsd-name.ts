/** Tags of a metric; one without a value is left out. */
export type Tags = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Longer values (a search may capture a whole message) are cut: a datagram has to hold them. */
const MAX_TAG_CHARS = 256;

/** The name with its tags as Telegraf writes it: `name,tag=value,…`, without anything that would end them early. */
export function taggedName(name: string, tags: Tags): string {
  let tagged = name.replace(/[\s\p{Cc}|:,]+/gu, '_');
  for (const [key, value] of Object.entries(tags)) {
    if (value === null || value === undefined) continue;
    const tag = tagName(key);
    const text = tagValue(String(value));
    // A statsd refuses a tag without name or value, and some the metric with it.
    if (tag !== '' && text !== '') tagged += `,${tag}=${text}`;
  }
  return tagged;
}

// The rules of journalpump (Python's \w knows all letters), and commas, which it forgets.

function tagName(name: string): string {
  return stripped(name.replace(/[^\p{L}\p{N}_-]+/gu, '_'));
}

function tagValue(value: string): string {
  return stripped(value.slice(0, MAX_TAG_CHARS).replace(/[\s\p{Cc}|=:,]+/gu, '_'));
}

function stripped(text: string): string {
  return text.replace(/^_+|_+$/g, '');
}
