import { Refusal } from './refusal.ts';

/** The two parts of a request for ingestion. */
export interface IngestParts {
  readonly payload: Buffer;
  readonly chunk: Buffer;
}

interface Part {
  /** Exactly as it came, but trimmed and lower-cased. */
  readonly contentType: string;
  readonly body: Buffer;
}

const crlf = '\r\n';

/**
 * Finds the two parts of a multipart body as the manager does: by their content type alone, which must be bare; names,
 * file names and order do not count. Throws its Refusals.
 */
export function readParts(contentType: string | undefined, body: Buffer): IngestParts {
  const parts = split(body, boundaryOf(contentType));
  const payload = parts.find((part) => part.contentType === 'application/json');
  const chunk = parts.find((part) => /^application\/(?:octet-stream|zip)$/.test(part.contentType));
  if (!payload || !chunk) {
    const message = 'Multipart data must contain both application/json and application/octet-stream parts!';
    throw new Refusal(400, 'ValueError', message);
  }
  return { payload: payload.body, chunk: chunk.body };
}

function boundaryOf(contentType: string | undefined): string {
  if (contentType === undefined) throw new Refusal(400, 'ValueError', 'Content-Type header is missing in the request');
  const [mimeType = '', ...parameters] = contentType.split(';').map((text) => text.trim());
  if (!mimeType.toLowerCase().startsWith('multipart/')) {
    const message = `Unexpected mimetype in content-type: '${mimeType}'`;
    throw new Refusal(500, 'NonMultipartContentTypeException', message);
  }
  const boundary = parameters.find((parameter) => /^boundary=/i.test(parameter))?.slice('boundary='.length);
  if (boundary === undefined || boundary === '') {
    throw new Refusal(500, 'ImproperBodyPartContentException', 'boundary is missing in the content type');
  }
  return boundary.replace(/^"(.*)"$/, '$1');
}

/** Strict by RFC 2046: every delimiter begins a line that CRLF ends, and the last one closes the body. */
function split(body: Buffer, boundary: string): Part[] {
  const first = Buffer.from(`--${boundary}${crlf}`);
  if (!body.subarray(0, first.length).equals(first)) throw malformed('the body does not begin with its boundary');
  const delimiter = `${crlf}--${boundary}`;
  const parts: Part[] = [];
  for (let begin = first.length; ;) {
    const end = body.indexOf(delimiter, begin);
    if (end === -1) throw malformed('the closing boundary is missing');
    parts.push(readPart(body.subarray(begin, end)));
    const next = body.subarray(end + delimiter.length, end + delimiter.length + 2).toString('latin1');
    if (next === '--') return parts;
    if (next !== crlf) throw malformed('something stands behind a boundary');
    begin = end + delimiter.length + crlf.length;
  }
}

function readPart(bytes: Buffer): Part {
  const headersEnd = bytes.indexOf(crlf + crlf);
  if (headersEnd === -1) throw malformed('a part has no end of its headers');
  const lines = bytes.subarray(0, headersEnd).toString('latin1').split(crlf);
  if (lines.some((line) => /[\r\n]/.test(line))) throw malformed('a header line does not end with CRLF');
  const line = lines.find((text) => /^content-type\s*:/i.test(text)) ?? '';
  const contentType = line.slice(line.indexOf(':') + 1).trim();
  return { contentType: contentType.toLowerCase(), body: bytes.subarray(headersEnd + 2 * crlf.length) };
}

function malformed(what: string): Refusal {
  return new Refusal(500, 'ImproperBodyPartContentException', what);
}
