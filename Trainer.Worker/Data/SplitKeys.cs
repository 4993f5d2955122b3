namespace Analytics.Trainer.Worker.Data;

/// <summary>A column's cells as whole numbers that are equal where the cells are, and in the order of numbers and dates.</summary>
internal static class SplitKeys
{
    /// <summary>The key of a missing cell, which is below all others.</summary>
    public const long Missing = long.MinValue;

    /// <summary>For each row its key.</summary>
    public static long[] Of(TableColumn column) => column switch
    {
        NumberColumn numbers => Array.ConvertAll(numbers.Values, KeyOf),
        DateColumn dates => dates.Ticks,
        TextColumn texts => Array.ConvertAll(texts.Codes, code => code < 0 ? Missing : code),
        _ => throw new NotSupportedException(column.GetType().Name),
    };

    // The bits of floats are in the floats' order, but for the sign; adding zero makes -0 into 0.
    private static long KeyOf(float value)
    {
        var bits = BitConverter.SingleToInt32Bits(value + 0f);
        return float.IsNaN(value) ? Missing : bits >= 0 ? bits : int.MinValue - (long)bits;
    }
}
