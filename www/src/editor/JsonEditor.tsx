/** JSON as text, with completion from a schema. */

import { Editor, loader } from '@monaco-editor/react';
import { Spin } from 'antd';
import * as monaco from 'monaco-editor';
import { useEffect } from 'react';

// Without this the loader fetches Monaco from a CDN.
loader.config({ monaco });

/** Schemas by the address of the model that they are for: Monaco keeps one list for all editors. */
const schemas = new Map<string, Record<string, unknown>>();

function applySchemas(): void {
  const list = Array.from(schemas, ([model, schema]) => ({ uri: `${model}.schema`, fileMatch: [model], schema }));
  monaco.languages.json.jsonDefaults.setDiagnosticsOptions({ validate: true, enableSchemaRequest: false, schemas: list });
}
applySchemas();

const numbers = new Map<string, number>();

/** The address of a text's model. Not its path: Monaco takes addresses for patterns where it looks for a schema. */
function modelOf(path: string): string {
  const number = numbers.get(path) ?? numbers.size;
  numbers.set(path, number);
  return `inmemory://json/${number}.json`;
}

interface Properties {
  /** Tells one text from another; its undo history hangs on it. */
  path: string;
  /** What a screen reader calls it. */
  label: string;
  value: string;
  dark: boolean;
  onChange?: (text: string) => void;
  schema?: Record<string, unknown> | undefined;
}

/** An editor of JSON text; read-only without `onChange`. */
export default function JsonEditor({ path, label, value, dark, onChange, schema }: Properties) {
  const model = modelOf(path);
  useEffect(() => {
    if (!schema) return;
    schemas.set(model, schema);
    applySchemas();
    return () => {
      schemas.delete(model);
      applySchemas();
    };
  }, [model, schema]);
  return (
    <Editor
      language="json"
      path={model}
      value={value}
      theme={dark ? 'vs-dark' : 'light'}
      loading={<Spin />}
      onChange={(text) => onChange?.(text ?? '')}
      options={{
        ariaLabel: label,
        readOnly: !onChange,
        automaticLayout: true,
        minimap: { enabled: false },
        fontSize: 13,
        tabSize: 2,
        // Tab leaves the editor, as anywhere else on the page.
        tabFocusMode: true,
        scrollBeyondLastLine: false,
        // It computes with lines that an edit has just removed, and throws.
        stickyScroll: { enabled: false },
        lineNumbersMinChars: 3,
        wordWrap: 'on',
        // What stands in other texts is no suggestion for this one.
        wordBasedSuggestions: 'off',
        fixedOverflowWidgets: true,
      }}
    />
  );
}
