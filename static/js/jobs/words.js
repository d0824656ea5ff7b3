// Names of columns and figures as people read them.
export function title (name) {
  const words = name.replaceAll('_', ' ').replace(/\bkm2\b/, 'km²')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

// A dash where there is no figure: that is neither zero nor, always, something unknown.
export function figure (value, digits = 4) {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return Number.isInteger(value) ? value.toLocaleString('en-GB') : String(Number(value.toPrecision(digits)))
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
