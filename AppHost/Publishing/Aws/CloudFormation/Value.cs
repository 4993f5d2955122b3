namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>A value in a template: text, a number, true or false, or a function that CloudFormation evaluates.</summary>
internal abstract record Value
{
    public static implicit operator Value(string text) => new Text(text);

    public static implicit operator Value(long number) => new Number(number);

    public static implicit operator Value(bool flag) => new Flag(flag);
}
