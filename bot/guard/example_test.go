package guard_test

import (
	"fmt"

	"townclerk/bot/guard"
)

func ExampleIn() {
	s := guard.In("Please call me at (415) 555-2671 about form W-4, or write to ann@example.org.")
	fmt.Println(s.Text)
	fmt.Println(s.Kinds)
	// Output:
	// Please call me at [phone] about form W-4, or write to [email].
	// [email phone]
}
