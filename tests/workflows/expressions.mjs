// What GitHub's own language service says of workflows: `node expressions.mjs FILE...` prints {file: [message]}.
import { readFileSync } from 'node:fs';
import { register } from 'node:module';

// The package imports JSON without saying so, which node refuses and bundlers allow.
const asJson = `export const load = (url, context, next) =>
  next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context);`;
register(`data:text/javascript,${encodeURIComponent(asJson)}`);

const { validate } = await import('@actions/languageservice');
const { TextDocument } = await import('vscode-languageserver-textdocument');

const told = {};
for (const file of process.argv.slice(2)) {
  const document = TextDocument.create(`file:///${file}`, 'yaml', 1, readFileSync(file, 'utf8'));
  const found = await validate(document, {});
  told[file] = found.map(({ range, message }) => `${range.start.line + 1}:${range.start.character + 1} ${message}`);
}
console.log(JSON.stringify(told));
