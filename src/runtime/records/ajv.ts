/**
 * Ajv for those who load it late. A bundler gives a dynamic import of CommonJS no named exports; of this module it does.
 */
export { Ajv } from 'ajv';
