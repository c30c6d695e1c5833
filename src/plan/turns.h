/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* An order in which several things appear, each as often as its weight says and evenly spread. */
#ifndef VASTAR_PLAN_TURNS_H
#define VASTAR_PLAN_TURNS_H

#include <stdint.h>

/* Divides the weights by their greatest common divisor. */
void turns_reduce(uint32_t *weights, uint32_t count);

/* A list of numbers below `count`. Equal weights give 0, 1, 2, ... again and again. Not all may be 0. NULL:
 * out of memory. The caller frees it. */
uint32_t *turns_new(const uint32_t *weights, uint32_t count, uint32_t *lengthp);

#endif
