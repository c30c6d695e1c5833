/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The difference of two means, and how far it may be from the true one. */
#ifndef VASTAR_STATS_STUDENT_H
#define VASTAR_STATS_STUDENT_H

#include <stdbool.h>

/* The t that a Student-distributed variable with `freedom` (above 0, need not be whole) degrees of freedom
 * exceeds in absolute value with probability 1 - confidence: P(|T| > t) = I_x(freedom/2, 1/2) with x =
 * freedom / (freedom + t^2) (Abramowitz and Stegun, 26.7.1). */
double student_t(double freedom, double confidence);

struct mean_difference {
	double value;	  /* mean of b less mean of a */
	double low, high; /* its confidence interval */
};

/* Welch's interval (Biometrika 34, 1947): the variances of the two need not be alike. It is exact for normal
 * values, and holds well for means of several values that are not far from it. Two values a side at least,
 * else false. */
bool welch_difference(const double *a, unsigned a_count, const double *b, unsigned b_count, double confidence,
		      struct mean_difference *difference);

#endif
