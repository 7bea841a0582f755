/** Parts of a page that stands by itself: text that comes in is escaped, `content` is markup. */
import { escapeMarkup } from './svg.js';

/** A whole page without anything outside itself. */
export function htmlPage(title: string, style: string, body: string): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<title>${escapeMarkup(title)}</title><style>${style}</style></head>`,
    `<body><main>${body}</main></body>`,
    '</html>',
    '',
  ].join('\n');
}

/** A part of the page under a heading. */
export function section(title: string, content: string): string {
  return `<section><h2>${escapeMarkup(title)}</h2>\n${content}</section>`;
}

/** A chart with what is to be said of it; an empty caption is left out. */
export function figure(content: string, caption: string): string {
  const text = caption === '' ? '' : `<figcaption>${escapeMarkup(caption)}</figcaption>`;
  return `<figure>${content}${text}</figure>`;
}
