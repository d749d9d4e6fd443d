package route

import (
	"math"
	"math/rand/v2"

	"github.com/viterin/vek/vek32"
)

const (
	rate     = 4.0  // of learning, at first; it falls linearly to zero
	penalty  = 2e-5 // L2, for each example that is seen
	epochs   = 12
	minSteps = 6_000 // so that a handful of examples is seen often enough
)

// classifier is multinomial logistic regression, fitted by stochastic gradient
// descent in an order that is always the same.
type classifier struct {
	classes int
	weights []float32 // of each bucket, for each class
	bias    []float32
}

// labelled is a text with the class it belongs to and its weight.
type labelled struct {
	vector
	bag
	class  int
	weight float32
}

func fit(examples []labelled, classes int) *classifier {
	c := &classifier{classes: classes, weights: make([]float32, buckets*classes), bias: make([]float32, classes)}
	order := make([]int, len(examples))
	for i := range order {
		order[i] = i
	}
	r := rand.New(rand.NewPCG(1, 2))
	total := max(epochs, (minSteps+len(order)-1)/max(1, len(order))) * len(order)
	shrunk := float32(1) // the weights are kept divided by it, so that decay is cheap
	for step := range total {
		if step%len(order) == 0 {
			r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		now := float32(rate * (1 - float64(step)/float64(total)))
		shrunk *= 1 - now*penalty
		c.learn(examples[order[step%len(order)]], now, shrunk)
	}
	vek32.MulNumber_Inplace(c.weights, shrunk)
	return c
}

// learn takes one step of size rate down the gradient of one example's loss.
func (c *classifier) learn(e labelled, rate, shrunk float32) {
	g := c.sum(e.vector)
	for k := range g {
		g[k] = g[k]*shrunk + c.bias[k]
	}
	softmax32(g)
	g[e.class]--
	vek32.MulNumber_Inplace(g, -rate*e.weight)
	for k, x := range g {
		c.bias[k] += 0.05 * x
	}
	step := make([]float32, c.classes)
	for i, b := range e.at {
		vek32.MulNumber_Into(step, g, e.by[i]/shrunk)
		vek32.Add_Inplace(c.weights[int(b)*c.classes:][:c.classes], step)
	}
}

// sum adds up the weights of the vector's features, for each class.
func (c *classifier) sum(v vector) []float32 {
	out, part := make([]float32, c.classes), make([]float32, c.classes)
	for i, b := range v.at {
		vek32.MulNumber_Into(part, c.weights[int(b)*c.classes:][:c.classes], v.by[i])
		vek32.Add_Inplace(out, part)
	}
	return out
}

// logits returns the log odds of the classes, up to a constant.
func (c *classifier) logits(v vector) []float64 {
	out := make([]float64, c.classes)
	for k, x := range c.sum(v) {
		out[k] = float64(x + c.bias[k])
	}
	return out
}

func softmax32(x []float32) {
	top, sum := vek32.Max(x), float32(0)
	for i := range x {
		x[i] = float32(math.Exp(float64(x[i] - top)))
		sum += x[i]
	}
	vek32.DivNumber_Inplace(x, sum)
}
