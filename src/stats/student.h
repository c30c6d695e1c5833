/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The difference of two means, with its confidence interval. */
#ifndef VASTAR_STATS_STUDENT_H
#define VASTAR_STATS_STUDENT_H

#include <stdbool.h>

/* The t that the absolute value of a Student-distributed variable with `freedom` degrees of freedom (above
 * 0, need not be an integer) exceeds with probability 1 - confidence: P(|T| > t) = I_x(freedom/2, 1/2)
 * with x = freedom / (freedom + t^2) (Abramowitz and Stegun, 26.7.1). */
double student_t(double freedom, double confidence);

struct mean_difference {
	double value;	  /* mean of b minus mean of a */
	double low, high; /* its confidence interval */
};

/* Welch's interval (Biometrika 34, 1947): the two variances may differ. It is exact for normal values, and
 * good for means of several values that are nearly normal. Needs at least two values on each side, else
 * returns false. */
bool welch_difference(const double *a, unsigned a_count, const double *b, unsigned b_count, double confidence,
		      struct mean_difference *difference);

#endif
