package gap

// merge groups the indices of a symmetric matrix of likenesses, which it overwrites:
// groups whose average likeness is at least the cut become one, the most alike first.
//
// Two groups that are each other's nearest can be merged at once, whatever else is
// merged later, as average linkage never brings a merged group nearer to a third one
// than its parts were. For the same reason two such groups that are not alike enough
// never will be.
func merge(like [][]float32, cut float64) [][]int {
	n := len(like)
	groups := make([][]int, n)
	open := make([]bool, n)
	for i := range groups {
		groups[i], open[i] = []int{i}, true
	}
	var chain []int
	for next := 0; ; {
		if len(chain) == 0 {
			for next < n && !open[next] {
				next++
			}
			if next == n {
				break
			}
			chain = append(chain, next)
		}
		last := chain[len(chain)-1]
		before := -1
		if len(chain) > 1 {
			before = chain[len(chain)-2]
		}
		near := nearest(like[last], open, last, before)
		switch {
		case near < 0 || float64(like[last][near]) < cut:
			// Nothing is near enough, now or later; what led here may have others.
			open[last] = false
			chain = chain[:len(chain)-1]
		case near == before:
			join(like, groups, open, before, last)
			chain = chain[:len(chain)-2]
		default:
			chain = append(chain, near)
		}
	}
	var out [][]int
	for _, g := range groups {
		if g != nil {
			out = append(out, g)
		}
	}
	return out
}

// nearest returns what is most like a group, of equals the one before it in the chain,
// else the first; -1: there is none.
func nearest(like []float32, open []bool, self, before int) int {
	best := before
	for i := range like {
		if open[i] && i != self && (best < 0 || like[i] > like[best]) {
			best = i
		}
	}
	return best
}

// join makes two groups one, under the index of the first.
func join(like [][]float32, groups [][]int, open []bool, a, b int) {
	na, nb := float32(len(groups[a])), float32(len(groups[b]))
	for i := range like {
		if open[i] && i != a && i != b {
			mean := (na*like[a][i] + nb*like[b][i]) / (na + nb)
			like[a][i], like[i][a] = mean, mean
		}
	}
	groups[a], groups[b] = append(groups[a], groups[b]...), nil
	open[b] = false
}
