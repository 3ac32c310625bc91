/**
 * One decision table in the words of every rules engine: a region and a product by equality, a whole amount by
 * range, the first row that matches says the discount and the offer. Flat names and whole numbers, because
 * some of them know no others.
 */

import { chain, table } from '../fixtures/graph.mjs';

const BANDS = 5;

/** Rows, as `{ region, product, from, to, discount, offer }`, and a context that hits a late one. */
export function prices(count, products) {
  const rows = Array.from({ length: count }, (_, index) => {
    const band = index % BANDS;
    const product = Math.floor(index / BANDS) % products;
    const region = Math.floor(index / (BANDS * products));
    return {
      region: `region-${region}`,
      product: `product-${product}`,
      from: band * 100,
      to: (band + 1) * 100,
      discount: (index % 40) / 100,
      offer: `offer-${index}`,
    };
  });
  const hit = rows[Math.floor(count * 0.95)];
  return {
    name: `prices-${count}`,
    rows,
    context: { region: hit.region, product: hit.product, amount: hit.from + 42 },
    expected: { discount: hit.discount, offer: hit.offer },
  };
}

/** As a decision of GoRules. */
export const asDecision = ({ rows }) =>
  chain(
    table(
      'prices',
      ['region', 'product', 'amount'],
      ['discount', 'offer'],
      rows.map(({ region, product, from, to, discount, offer }) => [
        JSON.stringify(region),
        JSON.stringify(product),
        `[${from}..${to})`,
        String(discount),
        JSON.stringify(offer),
      ]),
    ),
  );

/** As rules of json-rules-engine, the first row first. */
export const asRules = ({ rows }) =>
  rows.map(({ region, product, from, to, discount, offer }, index) => ({
    priority: rows.length - index,
    conditions: {
      all: [
        { fact: 'region', operator: 'equal', value: region },
        { fact: 'product', operator: 'equal', value: product },
        { fact: 'amount', operator: 'greaterThanInclusive', value: from },
        { fact: 'amount', operator: 'lessThan', value: to },
      ],
    },
    event: { type: 'price', params: { discount, offer } },
  }));

/** As one `if` of JsonLogic. */
export const asJsonLogic = ({ rows }) => ({
  if: rows.flatMap(({ region, product, from, to, discount, offer }) => [
    {
      and: [
        { '===': [{ var: 'region' }, region] },
        { '===': [{ var: 'product' }, product] },
        { '>=': [{ var: 'amount' }, from] },
        { '<': [{ var: 'amount' }, to] },
      ],
    },
    { discount, offer },
  ]),
});

/** As policies of Cedar: each permits, and its id is the offer. Cedar has no outputs beyond that. */
export const asCedar = ({ rows }) =>
  Object.fromEntries(
    rows.map(({ region, product, from, to, offer }) => [
      offer,
      `permit(principal, action, resource) when { context.region == ${JSON.stringify(region)} && context.product == ${JSON.stringify(product)} && context.amount >= ${from} && context.amount < ${to} };`,
    ]),
  );
