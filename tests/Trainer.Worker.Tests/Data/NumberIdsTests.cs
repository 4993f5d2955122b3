using Analytics.Trainer.Worker.Data;

namespace Analytics.Trainer.Worker.Tests.Data;

public class NumberIdsTests
{
    [Theory]
    [InlineData("id", true)]
    [InlineData("ID", true)]
    [InlineData("customer_id", true)]
    [InlineData("CustomerId", true)]
    [InlineData("Passenger ID", true)]
    [InlineData("PassengerId", true)]
    [InlineData("userid", true)]
    [InlineData("order-key", true)]
    [InlineData("paid", false)]
    [InlineData("humid", false)]
    [InlineData("fluid", false)]
    [InlineData("amount_paid", false)]
    [InlineData("grid", false)]
    [InlineData("id_count", false)]
    [InlineData("keyboard", false)]
    [InlineData("---", false)]
    public void IsIdName_LastWord_Decides(string name, bool expected) => Assert.Equal(expected, NumberIds.IsIdName(name));

    [Fact]
    public void Select_NumericIds_AreLeftOutAndMeasurementsStay()
    {
        var rows = Enumerable.Range(0, 40).ToList();
        var table = Tables.Of(
            Tables.Numbers("order_id", rows.Select(i => 1000f + (i * 17 % 41))),
            Tables.Numbers("big_id", rows.Select(i => 1_700_000_000f + (i * 40))),
            // Different in every row, and what is to be learned from.
            Tables.Numbers("income", rows.Select(i => 1000f + (i * 17 % 41))),
            Tables.Numbers("length_id", rows.Select(i => i / 8f)),
            Tables.Numbers("store_id", rows.Select(i => (float)(i % 5))),
            Tables.Texts("y", rows.Select(i => $"{i % 2}")));
        var warnings = new List<string>();

        var kept = FeatureSelection.Select(table, ColumnChoice.For([.. table.Columns.Select(c => c.Name)], new DatasetSchema("y")), warnings);

        Assert.Equal(["income", "length_id", "store_id"], kept.Select(c => c.Name));
        Assert.Equal(["Left out because its name and its different whole numbers are those of ids ('include' keeps it): 'order_id', 'big_id'."], warnings);
        var named = ColumnChoice.For([.. table.Columns.Select(c => c.Name)], new DatasetSchema("y", Include: ["order_id"]));
        Assert.Equal(["order_id"], FeatureSelection.Select(table, named, []).Select(c => c.Name));
    }
}
