package guard
import "testing"
func BenchmarkDanger(b *testing.B) { for b.Loop() { Danger("How do I renew my residential parking permit if I moved within the city last month?") } }
func BenchmarkDoor(b *testing.B) { for b.Loop() { DoorOf("How do I renew my residential parking permit if I moved within the city last month?") } }
