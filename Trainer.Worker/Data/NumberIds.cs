namespace Analytics.Trainer.Worker.Data;

/// <summary>
/// Whether a column of numbers holds ids: its name says so, its values are whole, and they are different in at least half of the
/// rows, or too large to be told apart as float32. The name decides because nothing else does: the whole numbers of a measurement
/// may all differ too.
/// </summary>
internal static class NumberIds
{
    // From here on not every whole number is a float32.
    private const float LargestExact = 1 << 24;

    private static readonly string[] IdWords = ["id", "ids", "uid", "uuid", "guid", "key"];

    private static readonly string[] WholeNames =
    [
        "userid", "customerid", "clientid", "orderid", "rowid", "recordid", "accountid", "transactionid", "sessionid", "patientid", "productid",
        "personid", "personsid", "memberid", "employeeid", "objectid", "sampleid", "caseid", "itemid", "passengerid",
    ];

    /// <summary>True when it holds ids.</summary>
    public static bool IsId(NumberColumn column, int present) =>
        IsIdName(column.Name) && present >= FeatureSelection.FewestIds
        && column.Values is var values && Array.TrueForAll(values, v => float.IsNaN(v) || float.IsInteger(v))
        && (column.DistinctCount >= FeatureSelection.IdShare * present || Array.Exists(values, v => MathF.Abs(v) > LargestExact));

    /// <summary>True for a name whose last word is <c>id</c> or the like: <c>id</c>, <c>customer_id</c>, <c>CustomerId</c>, <c>PassengerID</c>.</summary>
    public static bool IsIdName(string name)
    {
        var words = new List<string> { "" };
        for (var i = 0; i < name.Length; i++)
        {
            if (!char.IsLetterOrDigit(name[i]))
            {
                words.Add("");
                continue;
            }

            if (i > 0 && char.IsUpper(name[i]) && char.IsLower(name[i - 1]))
            {
                words.Add("");
            }

            words[^1] += char.ToLowerInvariant(name[i]);
        }

        var last = words.FindLast(w => w.Length > 0) ?? "";
        return IdWords.Contains(last) || WholeNames.Contains(last);
    }
}
