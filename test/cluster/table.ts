// Prints the tables that the API server makes for `kubectl get`, for machines without kubectl.
import { at } from './at.ts';

/** Returns a `meta.k8s.io/v1 Table` as lines of aligned columns, without the wide ones; with the namespace first where rows have one. */
export function tableText(table: unknown): string {
  const columns = listAt(table, 'columnDefinitions').map((column, index) => ({
    index,
    name: String(at(column, 'name')),
    priority: at(column, 'priority'),
  }));
  const shown = columns.filter((column) => column.priority === 0);
  const rows = listAt(table, 'rows');
  const namespaced = rows.some((row) => at(row, 'object.metadata.namespace') !== undefined);
  const head = shown.map((column) => column.name.toUpperCase());
  const body = rows.map((row) => {
    const cells = shown.map((column) => String(at(row, `cells.${column.index}`) ?? '<none>'));
    return namespaced ? [String(at(row, 'object.metadata.namespace')), ...cells] : cells;
  });
  return aligned([namespaced ? ['NAMESPACE', ...head] : head, ...body]);
}

function listAt(value: unknown, path: string): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}
