/**
 * Namespaces as launch_ros joins them (launch_ros/utilities/namespace_utils.py).
 */

/**
 * A namespace under another one; an absolute one stands alone. Trailing slashes go.
 * @param {string | undefined} base
 * @param {string | undefined} namespace
 * @returns {string | undefined} undefined when both are
 */
export function prefixNamespace(base, namespace) {
  if (namespace === undefined) return base;
  const joined = !base || namespace.startsWith('/') ? namespace : `${base === '/' ? '' : base}/${namespace}`;
  return joined === '/' ? joined : joined.replace(/\/+$/, '');
}

/** The same, made absolute. */
export function absoluteNamespace(base, namespace) {
  const joined = prefixNamespace(base, namespace);
  return joined === undefined || joined.startsWith('/') ? joined : `/${joined}`;
}
